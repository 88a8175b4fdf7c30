import { cardDark, cardLight } from '../brand.ts'
import { black, contrast, parseColour, readableOn, white } from '../colour.ts'
import { fillText } from '../messages/messages.ts'
import type { Messages } from '../messages/messages.ts'

/** What a colour does to those who have to see it, in words (WCAG 2.2, 1.4.3 and 1.4.11). Empty for what is no colour. */
export function colourSentences(messages: Messages, text: string): readonly string[] {
  const { consoleSettings: texts, language } = messages
  const accent = parseColour(text)
  if (accent === undefined) return []
  const format = new Intl.NumberFormat(language, { maximumFractionDigits: 1, minimumFractionDigits: 1 })
  // Rounded down: 4.47 is not 4.5.
  const ratio = (value: number) => format.format(Math.floor(value * 10) / 10)
  const words = (value: number) => (value >= 4.5 ? texts.strong : value >= 3 ? texts.fair : texts.weak)
  const on = (sentence: string, value: number) =>
    fillText(sentence, { ratio: ratio(value), words: words(value) })
  const fill = readableOn(cardLight, accent, 1.3)
  const [onFill, name] =
    contrast(fill, white) >= contrast(fill, black) ? [white, texts.white] : [black, texts.black]
  return [
    on(texts.onWhite, contrast(accent, cardLight)),
    on(texts.onDark, contrast(accent, cardDark)),
    fillText(texts.label, { colour: name, ratio: ratio(contrast(fill, onFill)) }),
    texts.adapted,
  ]
}
