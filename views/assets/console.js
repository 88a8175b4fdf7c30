/* Small comforts of the console. Every page works without this file. */

for (const copier of document.querySelectorAll('button[data-copies]')) {
  const source = document.getElementById(copier.dataset.copies)
  if (source === null || navigator.clipboard === undefined) continue
  const label = copier.textContent
  copier.hidden = false
  copier.addEventListener('click', async () => {
    await navigator.clipboard.writeText(source.textContent.trim())
    copier.textContent = copier.dataset.labelDone
    setTimeout(() => (copier.textContent = label), 2000)
  })
}
