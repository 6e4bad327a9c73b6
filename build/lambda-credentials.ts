import type { Plugin } from 'esbuild';

/**
 * Lambda hands a function its role's credentials in environment variables. The SDK's default provider would carry the
 * code of a dozen other sources (SSO, web identity, profiles, instance metadata) into every bundle, so it is replaced
 * by the one that reads the environment.
 */
export function lambdaCredentials(): Plugin {
  return {
    name: 'lambda-credentials',
    setup(build) {
      build.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ resolveDir }) => ({
        path: 'credential-provider-node',
        namespace: 'lambda-credentials',
        pluginData: { resolveDir },
      }));
      build.onLoad({ filter: /.*/, namespace: 'lambda-credentials' }, ({ pluginData }) => ({
        contents: "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
        resolveDir: pluginData.resolveDir,
        loader: 'js',
      }));
    },
  };
}
