import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** Long runs (`npm run test:long`) have names of their own, so that `npm test` stays fast. */
const long = process.env['CARDEA_TEST_LONG'] === '1'
const suffix = long ? 'long' : 'test'

export default defineConfig({
  test: {
    reporters: ['default'],
    projects: [
      {
        // src and durable-objects run in workerd, where they will run for real
        plugins: [cloudflareTest({ wrangler: { configPath: './test/worker/wrangler.jsonc' } })],
        resolve: { alias: { '#gateway': `${import.meta.dirname}/src/core/index.ts` } },
        test: {
          name: 'worker',
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
    ],
  },
})
