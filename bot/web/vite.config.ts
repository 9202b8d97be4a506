import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parse } from 'yaml'
import { defineConfig, type Plugin } from 'vite'

const LANGUAGES = resolve(import.meta.dirname, '../../data/language')

/** Makes `virtual:texts`: the widget's texts of every language, so that they are there without a request, and offline. */
function texts(): Plugin {
  return {
    name: 'texts',
    resolveId: (id) => (id === 'virtual:texts' ? '\0texts' : undefined),
    load(id) {
      if (id !== '\0texts') return undefined
      const found: Record<string, unknown> = {}
      for (const language of readdirSync(LANGUAGES).sort()) {
        const path = resolve(LANGUAGES, language, 'web.yml')
        if (!existsSync(path)) continue
        this.addWatchFile(path)
        const { direction, widget } = parse(readFileSync(path, 'utf8'))
        found[language] = { direction, ...widget }
      }
      return `export default ${JSON.stringify(found)}`
    },
  }
}

/**
 * Makes `rem` in the widget's style the reader's own size of text (`--rem`), not the page's: its root may have any.
 * In media queries it is that already.
 */
function ownRem(): Plugin {
  return {
    name: 'own-rem',
    enforce: 'pre',
    transform: (code, id) =>
      id.includes('widget.css')
        ? code.replace(/(@media[^{]*)|(-?\d*\.?\d+)rem\b/g, (_, query, number) => query ?? `calc(${number} * var(--rem))`)
        : undefined,
  }
}

export default defineConfig({
  plugins: [texts(), ownRem()],
  build: {
    target: 'es2022',
    cssTarget: ['chrome111', 'firefox113', 'safari16.4'],
    modulePreload: false,
    reportCompressedSize: true,
    // One file each: `widget.js` stands alone on other people's pages.
    lib: { entry: { widget: 'src/widget.ts', page: 'src/page.ts' }, formats: ['es'] },
    minify: 'oxc',
  },
})
