import type { Plugin } from 'esbuild';

/**
 * Leaves the SDK's event streams out: no call of the product has one. The SDK imports them while it runs, for a call that
 * does. What is imported like that, and all that it imports in turn, esbuild has to keep whole: nearly the whole core of
 * the SDK, which falls apart into what is used once this one import is gone.
 */
export function withoutEventStreams(): Plugin {
  return {
    name: 'without-event-streams',
    setup(build) {
      build.onResolve({ filter: /^@smithy\/core\/event-streams$/ }, () => ({
        path: 'event-streams',
        namespace: 'without-event-streams',
      }));
      build.onLoad({ filter: /.*/, namespace: 'without-event-streams' }, () => ({
        contents: `
          const refuse = () => {
            throw new Error('Event streams are left out of this bundle, by build/event-streams.ts.');
          };
          export class EventStreamSerde { constructor() { refuse(); } }
          export const eventStreamSerdeProvider = refuse;
          // The client of S3 asks for it as it is made.
          export const resolveEventStreamSerdeConfig = (config) =>
            Object.assign(config, { eventStreamMarshaller: { serialize: refuse, deserialize: refuse } });
        `,
        loader: 'js',
      }));
    },
  };
}
