import { RUNBOOK_FOLDER } from '../../lib/model/runbook.ts';

/** What of package.json says where the project lives. */
export interface ProjectFile {
  readonly repository?:
    | string
    | { readonly url?: string | undefined; readonly directory?: string | undefined }
    | undefined;
}

/** What these hosts put before a path of the default branch. */
const FILES_AT: ReadonlyMap<string, string> = new Map([
  ['github.com', 'blob/HEAD'],
  ['gitlab.com', '-/blob/HEAD'],
]);

/** `owner/name`, with the host in short before it or not (npm documentation, package.json, "repository"). */
function inFull(repository: string): string {
  const [, host = 'github', path] = /^(?:(github|gitlab):)?([\w.-]+\/[\w.-]+)$/.exec(repository) ?? [];
  return path === undefined ? repository : `https://${host}.com/${path}`;
}

/** Where the pages of the alarms are read in the repository that package.json names; undefined where that is not known. */
export function runbooksInRepository({ repository }: ProjectFile): string | undefined {
  const { url = '', directory = '' } =
    typeof repository === 'string' ? { url: repository } : (repository ?? {});
  const [, host = '', path] =
    /^(?:git\+)?(?:https|ssh|git):\/\/(?:git@)?([\w.-]+)\/([\w./-]+?)(?:\.git)?\/?$/.exec(inFull(url)) ?? [];
  const files = FILES_AT.get(host);
  return files === undefined || path === undefined
    ? undefined
    : [`https://${host}/${path}`, files, directory, RUNBOOK_FOLDER].filter((part) => part !== '').join('/');
}
