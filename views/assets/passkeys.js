/* Asks the browser for a passkey and sends its answer with the form. Without this file the forms are not shown. */

const isThere =
  typeof globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON === 'function' &&
  typeof globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON === 'function'

const forms = document.querySelectorAll('form[data-passkey]')

/** What the browser is being asked at the moment; it answers one question at a time. */
let asking

if (isThere) for (const form of forms) prepare(form)
else document.documentElement.classList.add('no-passkeys')

function prepare(form) {
  const options = JSON.parse(form.dataset.options)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    say(form, '')
    // The server gave the page this long; it is asked for a new one.
    if (performance.now() > options.timeout - 15_000) form.submit()
    else void ask(form, options, {})
  })
  // The page may come back from the browser's memory, by the back button; its question was answered.
  addEventListener('pageshow', (event) => {
    if (event.persisted && form.elements.credential.value !== '') location.reload()
  })
  if (form.dataset.autofill !== undefined) void offer(form, options)
}

/** Passkeys among what the browser fills in by itself. Nobody asked yet, so nothing is said when nothing comes of it. */
async function offer(form, options) {
  const canOffer = await PublicKeyCredential.isConditionalMediationAvailable?.()
  if (canOffer && asking === undefined) await ask(form, options, { mediation: 'conditional' })
}

async function ask(form, options, { mediation }) {
  asking?.abort()
  const mine = new AbortController()
  asking = mine
  try {
    const credential = await answerOf(form.dataset.passkey, options, { mediation, signal: mine.signal })
    form.elements.credential.value = JSON.stringify(credential.toJSON())
    form.submit()
  } catch (error) {
    if (asking !== mine) return
    asking = undefined
    for (const button of form.querySelectorAll('[data-busy]')) button.removeAttribute('data-busy')
    if (mediation === 'conditional') return
    say(form, problemOf(form, error))
    if (form.dataset.autofill !== undefined) void offer(form, options)
  }
}

function answerOf(kind, options, { mediation, signal }) {
  if (kind === 'register') {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
    return navigator.credentials.create({ publicKey, signal })
  }
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  return navigator.credentials.get({ publicKey, signal, ...(mediation && { mediation }) })
}

function problemOf(form, error) {
  switch (error.name) {
    case 'NotAllowedError':
      return form.dataset.cancelled
    case 'InvalidStateError':
      return form.dataset.already
    default:
      return form.dataset.failed
  }
}

/** Into a part of the page that is always there, so that people who listen to it are told. */
function say(form, text) {
  const line = form.querySelector('.passkey-problem > p')
  line.querySelector('span').textContent = text
  line.hidden = text === ''
}
