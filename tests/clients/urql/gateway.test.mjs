// The real urql with its normalised cache, set up as docs/clients.md says. Run by test_caches.py.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Client, fetchExchange, gql } from '@urql/core';

const { GATEWAY, POLICIES, SNIPPET, BUSY, SHARED } = process.env;
const { cacheOf } = await import(SNIPPET);
const facts = JSON.parse(await readFile(POLICIES, 'utf8'));
console.warn = console.error = (...words) => assert.fail(`the cache complains: ${words.join(' ')}`);

async function introspection() {
  const { getIntrospectionQuery } = await import('graphql');
  const body = JSON.stringify({ query: getIntrospectionQuery() });
  const response = await fetch(GATEWAY, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return (await response.json()).data;
}
const schema = await introspection();

function client() {
  const fetchOptions = { headers: { 'X-Citygraph-Caller': 'demo' } };
  return new Client({ url: GATEWAY, preferGetMethod: false, fetchOptions, exchanges: [cacheOf(schema, facts), fetchExchange] });
}
async function ask(urql, query, variables, requestPolicy = 'network-only') {
  const { data, error } = await urql.query(query, variables, { requestPolicy }).toPromise();
  assert.equal(error, undefined);
  return data;
}
const cached = (urql, query, variables) => ask(urql, query, variables, 'cache-only');

test('two pages of a connection are one list', async () => {
  const page = gql`
    query ($id: ID!, $first: Int!, $after: String) {
      address(id: $id) { id records(first: $first, after: $after) { edges { cursor node { id title } } pageInfo { hasNextPage endCursor } } }
    }
  `;
  const whole = (await ask(client(), page, { id: BUSY, first: 4 })).address.records.edges;
  const urql = client();
  const one = (await ask(urql, page, { id: BUSY, first: 2 })).address.records;
  await ask(urql, page, { id: BUSY, first: 2, after: one.pageInfo.endCursor });
  assert.deepEqual((await cached(urql, page, { id: BUSY, first: 2 })).address.records.edges, whole);
});

test('two selections of one address are both kept, and its identifiers keep their relation', async () => {
  const urql = client();
  const lots = gql`query ($id: ID!) { address(id: $id) { id identifiers { identifier relation } lots { id identifiers { identifier relation } } } }`;
  const more = gql`query ($id: ID!) { address(id: $id) { id label structures { nodes { id } } } }`;
  const [one, two] = [await ask(urql, lots, { id: SHARED }), await ask(urql, more, { id: SHARED })];
  assert.deepEqual(await cached(urql, lots, { id: SHARED }), one);
  assert.deepEqual(await cached(urql, more, { id: SHARED }), two);
});

test('merged kinds are read by their interfaces', async () => {
  const urql = client();
  const query = gql`query ($id: ID!) { address(id: $id) { id records { nodes { id ... on Record { title } ... on Permit { holder } } } } }`;
  const data = await ask(urql, query, { id: BUSY });
  assert.deepEqual(await cached(urql, query, { id: BUSY }), data);
});
