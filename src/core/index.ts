/** The whole plug-in API: all that a policy or handler may import, as `#gateway`. */
export { tooLarge } from './body.ts'
export type { Client } from './client.ts'
export type * from './counters.ts'
export { type Delivery, type Exchange, type Slot, slot } from './exchange.ts'
export { defineHandler, type Handle, type Handler } from './handler.ts'
export type { ConsumerRecord, KeyAnswer, KeyRecord, Keys } from './keys.ts'
export type { Fields, Logger } from './log.ts'
export { type Labels, type Metric, metric, type Metrics } from './metrics.ts'
export { type Option, type Options, type OptionSet, option } from './option.ts'
export type {
  Derive,
  Derived,
  DocumentNode,
  Operation,
  Schemas,
  SchemaSide,
  ValidatorPlace,
} from './operation.ts'
export { forward, outgoing } from './outgoing.ts'
export { canonicalPath } from './path.ts'
export { type Async, type Counting, definePolicy, type Hooks, type Policy } from './policy.ts'
export { type Principal, principal } from './principal.ts'
export {
  NotReady,
  type OwnProblem,
  type ProblemCode,
  type ProblemDetails,
  problem,
  Refusal,
  refuse,
} from './problem.ts'
export type * from './registry.ts'
export type { Runtime } from './runtime.ts'
export { type Landing, type Template, template } from './template.ts'
export { removeHopByHop, type UpstreamRequest } from './upstream-request.ts'
