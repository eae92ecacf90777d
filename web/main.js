// The GraphiQL page of the gateway. What it opens with is in the page's JSON block, written by
// the server; a link with ?query=… (and variables) opens that query in a tab of its own.
import './nonce.js'
import 'graphiql/setup-workers/vite'
import '@graphiql/react/style.css'
import '@graphiql/plugin-doc-explorer/style.css'
import '@graphiql/plugin-history/style.css'
import 'graphiql/graphiql.css'
import './page.css'
import { GraphiQL } from 'graphiql'
import { createElement } from 'react'
import { createRoot } from 'react-dom/client'

const page = JSON.parse(document.getElementById('citygraph').textContent)
const link = new URLSearchParams(location.search)
const written = value => (value && Object.keys(value).length ? JSON.stringify(value, null, 2) : '')
const tabs = page.examples.map(({ query, variables, headers }) => ({
  query,
  variables: written(variables),
  headers: written(headers),
}))
if (link.get('query')) {
  tabs.unshift({ query: link.get('query'), variables: link.get('variables') ?? '', headers: '' })
}

async function fetcher(request, { headers } = {}) {
  const response = await fetch(page.endpoint, {
    method: 'POST',
    headers: {
      ...headers,
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json;q=0.9',
    },
    body: JSON.stringify(request),
  })
  return response.json()
}

// GraphiQL gives the first of the default tabs its query only; the rest is handed over apart.
const isFirstVisit = !localStorage.getItem('graphiql:tabState')
const opened = link.get('query') || isFirstVisit ? tabs[0] : undefined
const props = {
  fetcher,
  defaultTabs: tabs.length ? tabs : undefined,
  defaultEditorToolsVisibility: opened?.headers && !opened.variables ? 'headers' : 'variables',
  initialQuery: opened?.query,
  initialVariables: opened?.variables,
  initialHeaders: opened?.headers,
  shouldPersistHeaders: true,
}

createRoot(document.getElementById('root')).render(
  createElement(GraphiQL, props, createElement(GraphiQL.Logo, null, page.title)),
)
