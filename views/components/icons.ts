import { html } from '../html.ts'
import type { Html } from '../html.ts'

/** The mark of an installation without a logo of its own: a keyhole in the accent colour. */
export function keyholeMark(): Html {
  return html`<svg
    class="mark"
    viewBox="0 0 32 32"
    width="32"
    height="32"
    aria-hidden="true"
    focusable="false"
  >
    <rect class="mark-plate" width="32" height="32" rx="9" />
    <path
      class="mark-hole"
      d="M16 7.5a5.25 5.25 0 0 1 2.4 9.92l1.42 6.02a.85.85 0 0 1-.83 1.06h-5.98a.85.85 0 0 1-.83-1.06l1.42-6.02A5.25 5.25 0 0 1 16 7.5Z"
    />
  </svg>`
}

/** A circle with an exclamation mark, for problems. */
export function problemIcon(): Html {
  return lineIcon(html`<circle cx="10" cy="10" r="7.25" /><path d="M10 6.5v4.25M10 13.4v.1" />`)
}

/** A circle with a tick, for things that went well. */
export function successIcon(): Html {
  return lineIcon(html`<circle cx="10" cy="10" r="7.25" /><path d="m6.9 10.3 2.1 2.1 4.1-4.6" />`)
}

/** A tick, for entries of a list. */
export function tickIcon(): Html {
  return lineIcon(html`<path d="m4.75 10.6 3.4 3.4 7.1-7.9" />`)
}

/** A clock, for durations. */
export function clockIcon(): Html {
  return lineIcon(html`<circle cx="10" cy="10" r="7.25" /><path d="M10 6v4.2l2.6 1.7" />`)
}

/** A shield with a tick, for what was checked. */
export function shieldIcon(): Html {
  return lineIcon(
    html`<path d="M10 2.75 16 5v4.6c0 3.7-2.5 6.4-6 7.65-3.5-1.25-6-3.95-6-7.65V5Z" /><path
        d="m7.4 10 1.9 1.9 3.4-3.8"
      />`,
  )
}

/** A cross, for taking something from a list. */
export function crossIcon(): Html {
  return lineIcon(html`<path d="m6 6 8 8M14 6l-8 8" />`)
}

/** A person with a plus, for another account. */
export function addPersonIcon(): Html {
  return lineIcon(
    html`<circle cx="8.5" cy="7" r="3" /><path
        d="M3 16.25c.6-2.9 2.8-4.5 5.5-4.5 1.1 0 2.1.25 3 .75M14.75 11.75v5M12.25 14.25h5"
      />`,
  )
}

/** An arrow that leaves a box, for where one is sent. */
export function leaveIcon(): Html {
  return lineIcon(
    html`<path d="M11.5 4.5h4v4M15.5 4.5l-6 6M8 5.5H5.5a1 1 0 0 0-1 1v8a1 1 0 0 0 1 1h8a1 1 0 0 0 1-1V12" />`,
  )
}

/** An arrow down into a tray, for files to keep. */
export function downloadIcon(): Html {
  return lineIcon(
    html`<path d="M10 3.75v8.5M6.5 9l3.5 3.5L13.5 9M4 13.5v1.75a1 1 0 0 0 1 1h10a1 1 0 0 0 1-1V13.5" />`,
  )
}

/** An open eye, for showing a password; the script adds the stroke through it while the password shows. */
export function eyeIcon(): Html {
  return lineIcon(
    html`<path d="M2.5 10S5.2 4.9 10 4.9 17.5 10 17.5 10 14.8 15.1 10 15.1 2.5 10 2.5 10Z" /><circle
        cx="10"
        cy="10"
        r="2.3"
      /><path class="icon-stroke" d="m4 16 12-12" />`,
  )
}

/** Three lines, for a menu. */
export function menuIcon(): Html {
  return lineIcon(html`<path d="M3.5 5.75h13M3.5 10h13M3.5 14.25h13" />`)
}

/** An arrow back. */
export function backIcon(): Html {
  return lineIcon(html`<path d="M12.25 4.75 7 10l5.25 5.25" />`)
}

function lineIcon(shape: Html): Html {
  return html`<svg
    class="icon"
    viewBox="0 0 20 20"
    width="20"
    height="20"
    aria-hidden="true"
    focusable="false"
  >
    ${shape}
  </svg>`
}
