import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, normalize, sep } from 'node:path';
import { GetObjectCommand, ListBucketsCommand, NoSuchKey } from '@aws-sdk/client-s3';
import { unzipSync } from 'fflate';
import type { MotoClients } from './clients.ts';
import type { Place } from './types.ts';

/** The code of one function, as moto describes it. */
export interface CodeReference {
  /** Base64, as Lambda gives it. */
  readonly sha256: string;
  /** The key that the package had in S3; absent when it was uploaded directly. */
  readonly key?: string;
}

export interface CodeStore {
  /** Remembers a package that was uploaded within a request. */
  remember(zip: Buffer): void;
  /** The directory with the unpacked package; each package is unpacked once. */
  directoryOf(code: CodeReference, place: Place): Promise<string>;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64');
}

/** Finds the packages of functions, which moto keeps without showing them, and unpacks them under `directory`. */
export function createCodeStore(clients: MotoClients, directory: string): CodeStore {
  const uploaded = new Map<string, Buffer>();
  const unpacked = new Map<string, Promise<string>>();

  /** moto tells the key of the package but not the bucket: every bucket of the account is asked. */
  async function packageIn(
    { sha256: wanted, key }: CodeReference,
    place: Place,
  ): Promise<Uint8Array | undefined> {
    const s3 = clients.s3(place);
    const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
    for (const { Name: Bucket } of Buckets) {
      try {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: key }));
        const bytes = await Body?.transformToByteArray();
        if (bytes !== undefined && sha256(bytes) === wanted) {
          return bytes;
        }
      } catch (error) {
        if (!(error instanceof NoSuchKey)) {
          throw error;
        }
      }
    }
    return undefined;
  }

  /** In an organization the package may be in a bucket of another account. */
  async function fetchPackage(code: CodeReference, place: Place): Promise<Uint8Array> {
    for (const accountId of new Set([place.accountId, ...clients.accounts()])) {
      const found = await packageIn(code, { ...place, accountId });
      if (found !== undefined) return found;
    }
    throw new Error(
      `The function's package (${code.key ?? 'uploaded directly'}, SHA-256 ${code.sha256}) is in no bucket. Deploy it again through the lab.`,
    );
  }

  async function unpack(code: CodeReference, place: Place): Promise<string> {
    const zip = uploaded.get(code.sha256) ?? (await fetchPackage(code, place));
    const name = Buffer.from(code.sha256, 'base64').toString('hex').slice(0, 16);
    await mkdir(directory, { recursive: true });
    const making = await mkdtemp(join(directory, 'unpack-'));
    for (const [path, bytes] of Object.entries(unzipSync(zip))) {
      const target = normalize(join(making, path));
      if (!target.startsWith(making + sep)) {
        throw new Error(`The package of the function has a path that leads out of it: ${path}`);
      }
      if (!path.endsWith('/')) {
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, bytes);
      }
    }
    const home = join(directory, name);
    await rm(home, { recursive: true, force: true });
    await rename(making, home);
    return home;
  }

  return {
    remember: (zip) => uploaded.set(sha256(zip), zip),
    directoryOf(code, place) {
      let directoryOfCode = unpacked.get(code.sha256);
      if (directoryOfCode === undefined) {
        directoryOfCode = unpack(code, place);
        unpacked.set(code.sha256, directoryOfCode);
        directoryOfCode.catch(() => unpacked.delete(code.sha256));
      }
      return directoryOfCode;
    },
  };
}
