import { writeFile } from 'node:fs/promises'
import type { SidecarReport } from '../core/job/sidecar-task.ts'

/** What Kubernetes keeps of a termination message (kubelet, MaxPodTerminationMessageLogLength). Bytes. */
const maximumBytes = 4096

/** The report as JSON, its message cut where the whole would not fit: half a JSON text could not be read by anybody. */
export function reportText(report: SidecarReport): string {
  let text = JSON.stringify(report)
  for (let kept = report.message; Buffer.byteLength(text) > maximumBytes; ) {
    kept = kept.slice(0, kept.length - Math.ceil((Buffer.byteLength(text) - maximumBytes) / 6) - 1)
    text = JSON.stringify({ ...report, message: `${kept}…` })
  }
  return text
}

/** Leaves the report where the backend reads it. */
export async function writeReport(path: string, report: SidecarReport): Promise<void> {
  await writeFile(path, reportText(report))
}
