import { expect, test } from 'vitest'
import { attributes, html, renderHtml } from '../../views/html.ts'
import type { HtmlValue } from '../../views/html.ts'

test('text is escaped, in elements and in attribute values', () => {
  const value = `<b a='1' c="2">&\`</b>`
  const escaped = '&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;&#96;&lt;/b&gt;'
  expect(renderHtml(html`<p title="${value}">${value}</p>`)).toBe(`<p title="${escaped}">${escaped}</p>`)
})

test('nested Html and lists of it pass as they are, their own values escaped once', () => {
  const items = ['a', '<', '&lt;'].map((text) => html`<b>${text}</b>`)
  expect(renderHtml(html`<p>${items}</p>`)).toBe('<p><b>a</b><b>&lt;</b><b>&amp;lt;</b></p>')
})

test('undefined, null and false render nothing, and numbers render as they are written', () => {
  expect(renderHtml(html`<p>${undefined}${null}${false}${0}${[1.5, undefined]}</p>`)).toBe('<p>01.5</p>')
})

test('control characters and lone surrogates do not reach the page', () => {
  expect(renderHtml(html`<p>${'a\u0000b\u001bc\ud800d\ne'}</p>`)).toBe('<p>a\ufffdb\ufffdc\ufffdd\ne</p>')
})

test('URL attributes pass only https, http, mailto and paths of this origin', () => {
  const link = (url: string) => renderHtml(html`<a href="${url}">x</a>`)
  expect(link('https://a.example/?b=1&c=2')).toBe('<a href="https://a.example/?b=1&amp;c=2">x</a>')
  expect(link('java\nscript:alert(1)')).toBe('<a href="about:invalid">x</a>')
  expect(renderHtml(html`<form ${attributes({ action: 'data:text/html,x' })}></form>`)).toBe(
    '<form action="about:invalid"></form>',
  )
})

test('attributes leaves out what is absent and writes true as the bare name', () => {
  const list = attributes({ id: 'a"b', required: true, hidden: false, title: undefined, 'aria-label': 0 })
  expect(renderHtml(html`<input ${list} />`)).toBe('<input id="a&quot;b" required aria-label="0" />')
})

test('anything else is refused by type and when it runs', () => {
  // @ts-expect-error -- true has no rendering
  const withTrue: HtmlValue = true
  // @ts-expect-error -- nor has a function
  const withFunction: HtmlValue = () => 'x'
  // @ts-expect-error -- and an object that looks like Html is not Html
  const withForgery: HtmlValue = { kind: 'html', text: '<script>' }
  for (const value of [withTrue, withFunction, withForgery]) {
    expect(() => html`<p>${value}</p>`).toThrow(TypeError)
    expect(() => html`<p title="${value}"></p>`).toThrow(TypeError)
  }
})

test('Html does not fit into an attribute, nor attributes into text', () => {
  expect(() => html`<p title="${html`<b></b>`}"></p>`).toThrow(TypeError)
  expect(() => html`<p>${attributes({ id: 'a' })}</p>`).toThrow(TypeError)
  expect(() => html`<p ${'onclick=alert(1)'}></p>`).toThrow(TypeError)
})

test('attribute names that are code or style, or no names at all, are refused', () => {
  for (const name of ['onclick', 'style', 'srcdoc', 'a b', 'x"', '']) {
    expect(() => attributes({ [name]: 'x' }), name).toThrow(TypeError)
  }
})

const unsafe: Readonly<Record<string, (value: string) => unknown>> = {
  'a hole in a script': (value) =>
    html`<script>
      ${value}
    </script>`,
  'a script with text': () =>
    html`<script>
      let a
    </script>`,
  'a style element': (value) =>
    html`<style>
      ${value}
    </style>`,
  'an event handler': (value) => html`<p onclick="${value}"></p>`,
  'a style attribute': (value) => html`<p style="${value}"></p>`,
  'an unquoted attribute': (value) => html`<p title=${value}></p>`,
  'a part of a URL': (value) => html`<a href="java${value}"></a>`,
  'a tag name': (value) => html`<${value}></p>`,
  'a part of an attribute name': (value) => html`<p data-${value}="1"></p>`,
  'a comment': (value) => html`<!-- ${value} -->`,
  'a tag left open': (value) => html`<p title="${value}"`,
}

test.each(Object.keys(unsafe))('a template with %s is refused', (name) => {
  expect(() => unsafe[name]?.('x')).toThrow(TypeError)
})
