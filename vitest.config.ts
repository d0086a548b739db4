import { resolve } from 'node:path'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** Long runs (`npm run test:long`) have names of their own, so that `npm test` stays fast. */
const long = process.env['CARDEA_TEST_LONG'] === '1'
const suffix = long ? 'long' : 'test'

/** What the Worker's tests import by name. The longer name first: the shorter one is its beginning. */
const alias = {
  '#gateway/testing': `${import.meta.dirname}/test/worker/testing.ts`,
  '#gateway': `${import.meta.dirname}/src/core/index.ts`,
}
/** Of `npm run check`; a config folder elsewhere has no node_modules of its own. */
const config = resolve(process.env['CARDEA_CONFIG'] ?? `${import.meta.dirname}/config`)

const workerd = () =>
  cloudflareTest({ wrangler: { configPath: `${import.meta.dirname}/test/worker/wrangler.jsonc` } })

export default defineConfig({
  test: {
    reporters: ['default'],
    // most of the time a test waits for a process of its own; one worker less than cores would leave them idle
    maxWorkers: 4,
    projects: [
      {
        // src and durable-objects run in workerd, where they will run for real
        plugins: [workerd()],
        resolve: { alias },
        test: {
          name: 'worker',
          testTimeout: long ? 600_000 : 60_000,
          include: ['src', 'durable-objects', 'test/worker'].map((d) => `${d}/**/*.${suffix}.ts`),
        },
      },
      {
        test: {
          name: 'node',
          include: ['scripts', 'test'].map((d) => `${d}/**/*.${suffix}.ts`),
          exclude: ['test/worker/**'],
          testTimeout: long ? 600_000 : 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // the user's own parts: part of `npm run check`, never of our own `npm test`
        plugins: [workerd()],
        root: config,
        resolve: { alias: { ...alias, vitest: `${import.meta.dirname}/node_modules/vitest` } },
        test: { name: 'config', include: ['**/*.test.ts'] },
      },
    ],
  },
})
