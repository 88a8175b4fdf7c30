/* Buttons that copy what stands beside them. Every page works without this file. */

for (const copier of document.querySelectorAll('button[data-copies]')) {
  const source = document.getElementById(copier.dataset.copies)
  if (source === null || navigator.clipboard === undefined) continue
  const label = copier.textContent
  copier.hidden = false
  const showDone = () => {
    copier.textContent = copier.dataset.labelDone
    setTimeout(() => (copier.textContent = label), 2000)
  }
  // A browser that does not allow it leaves the text to be selected by hand.
  copier.addEventListener('click', () => {
    navigator.clipboard.writeText(source.textContent.trim()).then(showDone, () => {})
  })
}
