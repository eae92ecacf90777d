// Builds the page into the Python package: names carry a content hash, nothing is inlined
// (the page's Content-Security-Policy knows no data: URLs), addresses are relative.
import { defineConfig } from 'vite'

export default defineConfig({
  base: './',
  html: { cspNonce: '{{nonce}}' },
  build: {
    outDir: '../gateway/web/static',
    emptyOutDir: true,
    assetsDir: 'graphiql',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 8000,
    modulePreload: { polyfill: false },
    target: 'es2022',
    // GraphiQL names its icons, for tooltips and screen readers, after their functions.
    rolldownOptions: { output: { keepNames: true } },
  },
  worker: { format: 'es' },
})
