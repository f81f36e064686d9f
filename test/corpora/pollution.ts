/** What JavaScript's own objects have that they did not have at first: nothing, unless some input reached them. */
export function pollution(): readonly string[] {
  return [Object, Array, Function, String, Number, Boolean].flatMap((type) => {
    const names = Reflect.ownKeys(type.prototype).map(String)
    const known = before.get(type.name)
    return names.filter((name) => known?.has(name) !== true).map((name) => `${type.name}.prototype.${name} is new`)
  })
}

const before = new Map(
  [Object, Array, Function, String, Number, Boolean].map((type) => [
    type.name,
    new Set(Reflect.ownKeys(type.prototype).map(String)),
  ]),
)
