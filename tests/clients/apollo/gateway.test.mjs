// The real Apollo Client before a real gateway, set up as docs/clients.md says: what one query fetched,
// no other loses. Run by test_caches.py, which sets what is read here.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filter, firstValueFrom, timeout } from 'rxjs';
import { gql } from '@apollo/client';

const { GATEWAY, POLICIES, CLIENT, BUSY, SOLD, SHARED } = process.env;
const { possibleTypes } = await import(POLICIES);
const { clientOf } = await import(CLIENT);
console.warn = console.error = (...words) => assert.fail(`the cache complains: ${words.join(' ')}`);

const client = () => clientOf(GATEWAY, { 'X-Citygraph-Caller': 'demo' });
const cached = (apollo, query, variables) => apollo.cache.readQuery({ query, variables });
async function ask(apollo, query, variables) {
  const { data, error } = await apollo.query({ query, variables, fetchPolicy: 'network-only' });
  assert.equal(error, undefined);
  return data;
}

const PAGE = gql`
  query Timeline($id: ID!, $first: Int!, $after: String) {
    address(id: $id) {
      id
      records(first: $first, after: $after) {
        edges { cursor node { id kind title } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        totalCount
      }
    }
  }
`;

test('two pages of a connection are one list', async () => {
  const whole = (await ask(client(), PAGE, { id: BUSY, first: 5 })).address.records;
  assert.ok(whole.pageInfo.hasNextPage);
  const apollo = client();
  const query = apollo.watchQuery({ query: PAGE, variables: { id: BUSY, first: 3 } });
  const one = (await query.reobserve()).data.address.records;
  const { data } = await query.fetchMore({ variables: { first: 2, after: one.pageInfo.endCursor } });
  assert.equal(data.address.records.edges.length, 2);
  const both = cached(apollo, PAGE, { id: BUSY, first: 3 }).address.records;
  assert.equal(both.edges.length, 5);
  assert.deepEqual(both, whole);
  const shown = await firstValueFrom(query.pipe(filter(({ data }) => data.address.records.edges.length > 3), timeout(5000)));
  assert.deepEqual(shown.data.address.records, whole);
});

test('a short first page, asked again, does not cut what follows it', async () => {
  const apollo = client();
  const five = await ask(apollo, PAGE, { id: BUSY, first: 5 });
  await ask(apollo, PAGE, { id: BUSY, first: 2 });
  assert.deepEqual(cached(apollo, PAGE, { id: BUSY, first: 5 }), five);
});

test('lists with other conditions are other lists', async () => {
  const query = gql`query ($id: ID!, $kinds: [RecordKind!]) { address(id: $id) { id records(first: 3, kinds: $kinds) { nodes { id kind } } } }`;
  const apollo = client();
  const all = await ask(apollo, query, { id: BUSY });
  const sales = await ask(apollo, query, { id: BUSY, kinds: ['SALE'] });
  assert.ok(sales.address.records.nodes.every(({ kind }) => kind === 'SALE'));
  assert.notDeepEqual(sales, all);
  assert.deepEqual(cached(apollo, query, { id: BUSY }), all);
});

test('nodes are read from edges, and edges are made of nodes', async () => {
  const nodes = gql`query ($id: ID!) { address(id: $id) { id sales(first: 2) { nodes { id title } } } }`;
  const edges = gql`query ($id: ID!) { address(id: $id) { id sales(first: 2) { edges { cursor node { id title } } } } }`;
  const bare = gql`query ($id: ID!) { address(id: $id) { id sales(first: 2) { edges { node { id title } } } } }`;
  const [one, two] = [client(), client()];
  const asked = await ask(one, edges, { id: SOLD });
  const read = cached(one, nodes, { id: SOLD });
  assert.ok(read.address.sales.nodes.length);
  assert.deepEqual(read.address.sales.nodes, asked.address.sales.edges.map(({ node }) => node));
  const given = await ask(two, nodes, { id: SOLD });
  assert.deepEqual(given, read);
  assert.deepEqual(cached(two, bare, { id: SOLD }).address.sales.edges.map(({ node }) => node), given.address.sales.nodes);
  assert.deepEqual(await ask(two, edges, { id: SOLD }), asked);
  assert.deepEqual(cached(two, nodes, { id: SOLD }), given);
});

test('two selections of one address, and of its lists, are both kept', async () => {
  const selections = [
    '{ id label yearBuilt }',
    '{ id floors ownerName }',
    '{ id claims(attribute: YEAR_BUILT) { value source { agency } } }',
    '{ id claims(attribute: YEAR_BUILT) { chosen source { dataset } } }',
    '{ id identifiers { identifier relation } }',
    '{ id identifiers { identifier agency level } }',
    '{ id sales { totalCount source { state } } }',
    '{ id sales { nodes { id date source { agency } } sources { field state } } }',
    '{ id sales { edges { cursor node { id amount source { dataset } } } source { agency } sources { field agency } } }',
    '{ id sales { pageInfo { hasNextPage } } }',
    '{ id sales { pageInfo { endCursor } nodes { id about { address { id postcode } } } } }',
    '{ id people { edges { role node { id label } } } }',
    '{ id people { edges { cursor since source { agency } node { id } } } }',
    '{ id violations { nodes { id title severity { code } } } }',
    '{ id violations { nodes { id severity { label category } } } }',
    '{ id sources { field dataset state } structures { totalCount } }',
    '{ id sources { field dataset agency } buildingPermits { totalCount } }',
    '{ id postcode assessment { id yearBuilt landUse { code } } }',
    '{ district assessment { landUse { label } } }',
  ];
  const apollo = client();
  const asked = [];
  for (const selection of selections) {
    const query = gql`query ($id: ID!) { address(id: $id) ${selection} }`;
    for (const id of [BUSY, SOLD]) asked.push([query, { id }, selection, await ask(apollo, query, { id })]);
  }
  for (const [query, variables, selection, data] of asked) {
    const { result: kept, missing } = apollo.cache.diff({ query, variables, optimistic: true, returnPartialData: true });
    assert.equal(missing, undefined, `lost: ${selection}`);
    if (!selection.includes('sources {')) assert.deepEqual(kept, data, selection);
    else for (const part of data.address.sources ?? data.address.sales.sources) assert.ok(JSON.stringify(kept).includes(JSON.stringify(part)));
  }
});

test('an identifier keeps its relation to each of the addresses that it stands at', async () => {
  const query = gql`query ($id: ID!) { address(id: $id) { id identifiers { identifier relation } lots { id identifiers { identifier relation } } } }`;
  const apollo = client();
  const { address } = await ask(apollo, query, { id: SHARED });
  assert.deepEqual(cached(apollo, query, { id: SHARED }).address, address);
  const relations = [address, ...address.lots].map(({ identifiers }) => identifiers.find(({ identifier }) => identifier === SHARED).relation);
  assert.deepEqual(relations, ['SAME', 'CONTAINS', 'CONTAINS']);
});

test('merged kinds are read by their interfaces', async () => {
  const all = gql`query ($id: ID!) { address(id: $id) { id records(first: 20) { nodes { id ...Any ... on Permit { holder } } } } } fragment Any on Record { title date }`;
  const apollo = client();
  const data = await ask(apollo, all, { id: BUSY });
  assert.deepEqual(cached(apollo, all, { id: BUSY }), data);
  const { nodes } = data.address.records;
  assert.ok(new Set(nodes.map(({ __typename }) => __typename)).size > 2);
  for (const node of nodes) {
    assert.ok('title' in node, node.__typename);
    assert.equal('holder' in node, possibleTypes.Permit.includes(node.__typename));
    const id = apollo.cache.identify(node);
    assert.deepEqual(apollo.cache.readFragment({ id, fragment: gql`fragment Shown on Record { id title }` }).title, node.title);
  }
});

test('everything that the city tells of itself is kept', async () => {
  const short = gql`{ city { name agencies { id datasets { name } } } }`;
  const more = gql`{ city { currency agencies { id name datasets { title } } schemes { name } } }`;
  const apollo = client();
  const data = await ask(apollo, short);
  await ask(apollo, more);
  assert.deepEqual(cached(apollo, short), data);
});
