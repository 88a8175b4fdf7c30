import { hash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { assetPath, assets } from '../../views/assets.ts'

test('every asset is served under the hash of its own bytes', () => {
  expect(Object.keys(assets)).toHaveLength(
    readdirSync(join(import.meta.dirname, '../../views/assets')).length,
  )
  for (const [path, asset] of Object.entries(assets)) {
    expect(hash('sha256', readFileSync(asset.file), 'hex')).toBe(asset.contentHash)
    expect(path).toContain(`.${asset.contentHash.slice(0, 16)}.`)
    expect(assets[path]?.contentType).toMatch(/^(?:text\/(?:css|javascript); charset=utf-8|image\/svg\+xml)$/)
  }
})

test('the manifest answers only for its own paths and cannot be changed', () => {
  for (const path of ['__proto__', 'constructor', '/assets/../html.ts', '/assets/latchkey.css']) {
    expect(assets[path]).toBeUndefined()
  }
  expect(Object.isFrozen(assets)).toBe(true)
  expect(assets[assetPath('logo.svg')]?.contentType).toBe('image/svg+xml')
})

test('no asset loads anything from elsewhere or holds code that the policy forbids', () => {
  for (const asset of Object.values(assets)) {
    const text = readFileSync(asset.file, 'utf8').replaceAll('http://www.w3.org/2000/svg', '')
    expect(text).not.toMatch(/https?:|@import|url\(|eval|innerHTML|<style|<script/)
  }
})
