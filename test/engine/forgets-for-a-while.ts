import type { World } from './world.ts'

/** The connector does not know a process for 20 s, a third of what it is given for that. @param meanwhile is called before it knows it again */
export async function forgetsForAWhile(world: World, processId: string, meanwhile?: () => void): Promise<void> {
  const process = world.connector.process(processId)
  world.connector.processes.delete(processId)
  await world.pass(20_000)
  meanwhile?.()
  world.connector.processes.set(processId, process)
}
