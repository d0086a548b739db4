import { expect, it } from 'vitest'
import { metric, Metrics } from './metrics.ts'

const lost = metric('lost_total', 'Things that were lost.')

it('counts each set of labels for itself', () => {
  const metrics = new Metrics()
  metrics.count(lost, { where: 'here' })
  metrics.count(lost, { where: 'here' })
  metrics.count(lost, { where: 'there' })
  expect(metrics.value(lost, { where: 'here' })).toBe(2)
  expect(metrics.value(lost, { where: 'there' })).toBe(1)
  expect(metrics.value(lost, { where: 'nowhere' })).toBe(0)
})

it('two parts that count the same count together', () => {
  const metrics = new Metrics()
  metrics.count(lost)
  metrics.count(metric('lost_total', 'Things that were lost.'))
  expect(metrics.text().split('\n').at(-2)).toBe('cardea_lost_total 2')
})

it('the order of labels does not matter', () => {
  const metrics = new Metrics()
  metrics.count(lost, { a: '1', b: '2' })
  metrics.count(lost, { b: '2', a: '1' })
  expect(metrics.value(lost, { a: '1', b: '2' })).toBe(2)
})

it('writes the text that Prometheus reads, with every value escaped', () => {
  const metrics = new Metrics()
  expect(metrics.text()).toBe('')
  metrics.count(metric('seen_total', 'Seen.\nOr \\ not.'))
  metrics.count(lost, { where: 'a "b"\n\\c' })
  metrics.count(lost, { where: 'here' })
  expect(metrics.text()).toBe(
    [
      '# HELP cardea_seen_total Seen.\\nOr \\\\ not.',
      '# TYPE cardea_seen_total counter',
      'cardea_seen_total 1',
      '# HELP cardea_lost_total Things that were lost.',
      '# TYPE cardea_lost_total counter',
      'cardea_lost_total{where="a \\"b\\"\\n\\\\c"} 1',
      'cardea_lost_total{where="here"} 1',
      '',
    ].join('\n'),
  )
})

it('labels that somebody makes up cannot fill the memory: what is too much is counted as one', () => {
  const metrics = new Metrics(2)
  for (const where of ['a', 'b', 'c', 'd', 'a']) metrics.count(lost, { where })
  expect(metrics.text()).toContain('cardea_lost_total{where="a"} 2\n')
  expect(metrics.text()).toContain('cardea_lost_total{where="b"} 1\n')
  expect(metrics.text()).not.toContain('"c"')
  expect(metrics.text()).toContain('cardea_metrics_dropped_total 2\n')
})
