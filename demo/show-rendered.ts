import type { Settings } from '../config/settings.ts'
import type { Timeline } from './timeline.ts'

export async function showRendered(
  adminUrl: string,
  settings: Settings,
  jobId: string,
  id: string,
  show: Timeline,
): Promise<void> {
  show.line('')
}
