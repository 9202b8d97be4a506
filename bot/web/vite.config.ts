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

export default defineConfig({
  plugins: [texts()],
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
