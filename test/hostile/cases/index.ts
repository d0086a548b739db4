import type { Case } from '../case.ts'
import { admin } from './admin.ts'
import { bodies } from './bodies.ts'
import { cors } from './cors.ts'
import { credentials } from './credentials.ts'
import { forgedFields } from './forged-fields.ts'
import { headers } from './headers.ts'
import { jwt } from './jwt.ts'
import { limits } from './limits.ts'
import { paths } from './paths.ts'
import { prototypeNames } from './prototype-names.ts'
import { redos } from './redos.ts'
import { ssrf } from './ssrf.ts'
import { upgrades } from './upgrades.ts'
import { upstreams } from './upstreams.ts'
import { validation } from './validation.ts'

/** Every case by its file in `test/hostile/cases`. */
export const cases: Readonly<Record<string, readonly Case[]>> = {
  paths,
  'forged-fields': forgedFields,
  headers,
  jwt,
  credentials,
  bodies,
  validation,
  limits,
  cors,
  ssrf,
  upgrades,
  upstreams,
  admin,
  redos,
  'prototype-names': prototypeNames,
}
