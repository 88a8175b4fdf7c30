/* Small comforts. Every page works without this file. */

/** A second press of the same button within this time is taken for an accident. */
const repeatMilliseconds = 8000

for (const toggle of document.querySelectorAll('button[data-reveals]')) {
  const input = document.getElementById(toggle.dataset.reveals)
  if (!(input instanceof HTMLInputElement)) continue
  toggle.hidden = false
  toggle.addEventListener('click', () => show(input, toggle, input.type === 'password'))
  // Password managers keep what was in a password field, so it is one again when the form leaves.
  input.form?.addEventListener('submit', () => show(input, toggle, false))
}

for (const form of document.querySelectorAll('form')) {
  let sentAt = -Infinity
  form.addEventListener('submit', (event) => {
    if (event.timeStamp - sentAt < repeatMilliseconds) {
      event.preventDefault()
      return
    }
    sentAt = event.timeStamp
    event.submitter?.setAttribute('data-busy', '')
  })
  // The page may come back from the browser's memory, by the back button.
  addEventListener('pageshow', () => {
    sentAt = -Infinity
    for (const button of form.querySelectorAll('[data-busy]')) button.removeAttribute('data-busy')
  })
}

function show(input, toggle, isShown) {
  input.type = isShown ? 'text' : 'password'
  toggle.dataset.shown = String(isShown)
  toggle.setAttribute('aria-label', isShown ? toggle.dataset.labelHide : toggle.dataset.labelShow)
}
