/* Says times in the zone of whoever reads them. Without this file they are in UTC, and say so. */

const tag = document.documentElement.lang
// As the server writes them: in English day before month.
const language = tag === 'en' ? 'en-GB' : tag

for (const time of document.querySelectorAll('time[data-detail]')) {
  const style = { dateStyle: 'medium', ...(time.dataset.detail === 'minute' && { timeStyle: 'short' }) }
  time.title = time.textContent
  time.textContent = new Intl.DateTimeFormat(language, style).format(new Date(time.dateTime))
}
