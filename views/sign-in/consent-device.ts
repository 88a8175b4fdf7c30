import { alert } from '../components/alert.ts'
import { outsideName } from '../components/card.ts'
import { html } from '../html.ts'
import type { Html } from '../html.ts'
import { fill, lengthOfTime } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'

/** The device that would be let in. */
export interface ConsentDevice {
  /** As it shows it. */
  readonly userCode: string
  readonly askedSecondsAgo: number
  /** Where it is, and what its program says it is. */
  readonly address?: string | undefined
  readonly program?: string | undefined
}

/** What a person compares, and is told of, before a device gets anything (RFC 8628 §5.4). */
export function deviceNotice(device: ConsentDevice, messages: Messages): Html {
  const { device: texts } = messages
  return html`<div class="device">
      <p class="device-compare">${texts.compare}</p>
      <p class="device-code">${device.userCode}</p>
      <p class="device-facts">${askedFrom(device, messages)} ${program(device, messages)}</p>
    </div>
    ${alert({ kind: 'problem', content: texts.warning })}`
}

function askedFrom({ askedSecondsAgo, address }: ConsentDevice, messages: Messages): Html {
  const { device: texts } = messages
  const time = lengthOfTime(messages, askedSecondsAgo)
  if (address === undefined) return fill(texts.askedAt, { time })
  return fill(texts.askedFrom, { time, address: outsideName(address) })
}

function program({ program: name }: ConsentDevice, messages: Messages): Html | undefined {
  return name === undefined ? undefined : fill(messages.device.program, { program: outsideName(name) })
}
