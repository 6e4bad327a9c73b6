import { BadRequest } from '../router.ts';
import type { LabRoute } from '../types.ts';
import type { Ec2Settings } from './settings.ts';

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  throttling: ['none', 'functions'],
  identicalRoute: ['refuse', 'succeed'],
  pendingRequesterCidrs: ['shown', 'hidden'],
  crossAccountEvents: ['none', 'accepter'],
};

function change(settings: Ec2Settings, body: unknown): Ec2Settings {
  const names = Object.keys(settings);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new BadRequest(`Expected an object with any of ${names.join(', ')}.`);
  }
  const changes: Record<string, unknown> = { ...body };
  for (const [name, value] of Object.entries(changes)) {
    if (!names.includes(name)) {
      throw new BadRequest(`Unknown setting ${name}. There are ${names.join(', ')}.`);
    }
    const choices = CHOICES[name];
    const fits =
      choices === undefined
        ? Number.isSafeInteger(value) && Number(value) >= 0
        : choices.some((choice) => choice === value);
    if (!fits) {
      throw new BadRequest(`${name} must be ${choices?.join(' or ') ?? 'a whole number from 0 on'}.`);
    }
  }
  return Object.assign(settings, changes);
}

/** `POST /_lab/quotas` and `POST /_lab/ec2/settings` change any of the settings; they answer with all of them. */
export function settingsRoutes(settings: Ec2Settings): readonly LabRoute[] {
  return ['/_lab/quotas', '/_lab/ec2/settings'].flatMap((path): LabRoute[] => [
    { method: 'GET', path, handle: () => settings },
    { method: 'POST', path, handle: ({ body }) => change(settings, body) },
  ]);
}
