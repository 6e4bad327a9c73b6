/**
 * Whether a role's ARN has one of these IAM paths in its own, whatever a stack puts before it.
 *
 * @param paths such as `/my-stack/`.
 */
export function rolesUnder(paths: readonly string[]): (roleArn: string) => boolean {
  return (roleArn) => {
    const path = roleArn.split(':role')[1] ?? '';
    return paths.some((each) => path.includes(each));
  };
}
