import { performance } from 'node:perf_hooks'
import type { Footprint } from '../../scripts/docs/benchmark.ts'
import { asked, requestBytes } from './asked.ts'
import { slice } from './load.ts'
import type { Program } from './programs.ts'
import { cpuMicros, residentMiB } from './process.ts'
import { estimate } from './statistics.ts'
import { ask } from './wire.ts'
import type { Builder, Built } from './workers.ts'

const STARTS = 7
const LOAD_MS = 2_000

/** Size, start and memory of one Worker in a workerd of its own. */
export async function footprint(
  builder: Builder,
  name: string,
  built: Built,
  credentials: Program['credentials'],
): Promise<Footprint> {
  const wall: number[] = []
  const cpu: number[] = []
  let memoryMiB = 0
  for (let i = 0; i < STARTS; i++) {
    const began = performance.now()
    const workers = await builder.start([built], 0)
    try {
      const port = workers.port(built)
      await ask(port, requestBytes(asked.order))
      wall.push(performance.now() - began)
      cpu.push(cpuMicros(workers.pid) / 1000)
      if (i < STARTS - 1) continue
      const fields = (await credentials?.(`http://127.0.0.1:${port}`)) ?? []
      const request = requestBytes(asked.order, fields)
      const target = { port, request, connections: 16, asked: asked.order, cpuMicros: () => 0 }
      await slice(target, LOAD_MS)
      memoryMiB = residentMiB([workers.pid])
    } finally {
      await workers.stop()
    }
  }
  const { bytes: bundleBytes, gzipBytes } = built
  const [startMs, startCpuMs] = [estimate(wall).median, estimate(cpu).median]
  return { name, bundleBytes, gzipBytes, startMs, startCpuMs, memoryMiB }
}
