import { DurableObject } from 'cloudflare:workers'

/**
 * Stands for a class that no route needs. wrangler.toml goes on declaring the class, so its state stays where
 * it is and is there again when a route needs it.
 */
export class Unused extends DurableObject {}
