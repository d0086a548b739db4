import type { Derive } from '#gateway'

interface Options {
  readonly url?: string
  readonly basePath: string
}

/** What the OpenAPI document already says of the upstream need not be said again. */
const derive: Derive<Options> = ({ server, basePath }, { url }) => ({
  options: {
    ...(url === undefined && server !== undefined && { url: server }),
    basePath,
  },
})

export default derive
