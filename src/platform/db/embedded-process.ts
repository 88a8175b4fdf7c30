/** Other processes of this machine, as far as the embedded database has to know them. */
import { execFile } from 'node:child_process'
import { readlink } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const pollMilliseconds = 20

/** True while a process has this number; one that nobody has reaped yet counts. */
export function isAlive(pid: number): boolean {
  return sendSignal(pid, 0)
}

/** Sends a signal; false when there is no such process. */
export function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Waits for the end of a process that is on its way out. One that nobody reaps looks alive for ever, so not for long. */
export async function exited(pid: number): Promise<void> {
  const deadline = performance.now() + 2000
  while (isAlive(pid) && performance.now() < deadline) await delay(pollMilliseconds)
}

/** A server works inside its data folder, or at least names it on its command line. */
export async function servesCluster(pid: number, cluster: string): Promise<boolean> {
  if (process.platform === 'win32') return true
  if (process.platform === 'linux') return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === cluster
  const { stdout } = await execute('ps', ['-ww', '-o', 'args=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }))
  return stdout.includes(cluster)
}
