import type { Middleware } from 'koa'

/**
 * Takes the path of our public address off requests that have it, so that a proxy in front may keep it as well as strip it. No
 * request can be meant both ways: the settings refuse a base path that begins as one of our own paths.
 * @param path of the public address, such as `/compute`; empty or `/` for none
 */
export function basePath(path: string): Middleware {
  const prefix = path.replace(/\/+$/, '')
  return async (ctx, next) => {
    if (prefix !== '' && (ctx.path === prefix || ctx.path.startsWith(`${prefix}/`)))
      ctx.path = ctx.path.slice(prefix.length) || '/'
    await next()
  }
}
