/** What a page shows and what a command prints, made alike: ids and times differ with every run, and with the ids the order of lines. */
export function comparable(output: string): string[] {
  return (
    output
      .replace(/\b([a-z]{1,6})-[0-9a-f]{17}\b/g, '$1-ID')
      .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UUID')
      .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z| UTC)?/g, 'TIME')
      // What CloudFormation puts behind a name.
      .replace(/(vpc-peering-autopilot-\w+-\w+)-[A-Z0-9]{12,13}\b/g, '$1-NAME')
      .replace(/http:\/\/127\.0\.0\.1:\d+/g, 'LAB')
      .replace(/\d+\.\d+ ms/g, 'N ms')
      .replace(/(?:\d+(?:\.\d+)?\/){2,3}\d+(?:\.\d+)?/g, 'N/N/N/N')
      .replace(/same zone, free|other zone/g, 'ZONE')
      // Columns are as wide as what is in them.
      .replace(/(\S) {2,}/g, '$1  ')
      .split('\n')
      .map((line) => line.trimEnd())
      .sort()
  );
}
