/* Says while typing whether a new password is long enough. What is typed stays in the page: nothing is sent anywhere. */

/** Somebody who listens hears it when they pause, not with every key. */
const pauseMilliseconds = 500

const rows = [
  '0123456789',
  '1234567890',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
]

for (const line of document.querySelectorAll('[data-strength-of]')) {
  const input = document.getElementById(line.dataset.strengthOf)
  if (!(input instanceof HTMLInputElement)) continue
  line.hidden = false
  const text = line.querySelector('.strength-text')
  let waiting
  const judge = () => {
    const { said, state, count } = verdict(input.value, line.dataset)
    line.querySelector('progress').value = count
    line.dataset.state = state
    clearTimeout(waiting)
    waiting = setTimeout(() => {
      if (text.textContent !== said) text.textContent = said
    }, pauseMilliseconds)
  }
  input.addEventListener('input', judge)
  // Password managers and the back button fill fields in without typing.
  addEventListener('pageshow', judge)
}

function verdict(password, { minimum, progress, longEnough, repeated, row }) {
  const characters = Array.from(password.normalize('NFC'))
  const count = characters.length
  if (count === 0) return { said: '', state: 'empty', count }
  const fill = (text) => text.replace('#', count)
  if (count < Number(minimum)) return { said: fill(progress), state: 'short', count }
  const folded = password.toLowerCase()
  if (isRepeated(folded)) return { said: repeated, state: 'weak', count }
  if (isRow(folded)) return { said: row, state: 'weak', count }
  return { said: fill(longEnough), state: 'enough', count }
}

function isRepeated(text) {
  for (let part = 1; part * 3 <= text.length && part < 15; part += 1) {
    const first = text.slice(0, part)
    if (first.repeat(Math.ceil(text.length / part)).slice(0, text.length) === text) return true
  }
  return false
}

function isRow(text) {
  return rows.some((row) => {
    const endless = row.repeat(Math.ceil(text.length / row.length) + 1)
    return endless.includes(text) || Array.from(endless).reverse().join('').includes(text)
  })
}
