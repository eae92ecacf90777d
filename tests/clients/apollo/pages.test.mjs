// The printed functions against lists that change between two answers, in the real cache.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InMemoryCache, gql } from '@apollo/client/core/index.js';

const { possibleTypes, typePolicies } = await import(process.env.POLICIES);
console.warn = console.error = (...words) => assert.fail(`the cache complains: ${words.join(' ')}`);

const ID = 'hbt.parcel:100010001';
const QUERY = gql`
  query ($after: String) {
    address(id: "${ID}") { id sales(after: $after) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } totalCount source { state } } }
  }
`;
const NODES = gql`
  query ($after: String) {
    address(id: "${ID}") { id sales(after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }
  }
`;
const pageInfo = (letters, hasNextPage) => ({ __typename: 'PageInfo', hasNextPage, endCursor: letters.at(-1)?.toUpperCase() ?? null });
const node = (letter) => ({ __typename: 'DeedsSales', id: letter });
const edge = (letter) => ({ __typename: 'DeedsSalesEdge', cursor: letter.toUpperCase(), node: node(letter) });
const address = (sales) => ({ address: { __typename: 'Address', id: ID, sales: { __typename: 'DeedsSalesConnection', ...sales } } });

/** A cache, and the letters of the list that it shows after each answer. */
function list() {
  const cache = new InMemoryCache({ possibleTypes, typePolicies });
  const sales = (query = QUERY) => cache.readQuery({ query })?.address.sales;
  return {
    cache,
    sales,
    shown: () => sales().edges?.map(({ node: { id } }) => id).join('') ?? null,
    page(letters, { after = null, more = false, totalCount = 9, state = 'OK' } = {}) {
      const source = { __typename: 'PartSource', state };
      const edges = letters === null ? null : [...letters].map(edge);
      const data = address({ edges, pageInfo: pageInfo([...(letters ?? '')], more), totalCount, source });
      cache.writeQuery({ query: QUERY, variables: { after }, data });
    },
    nodes(letters, { after = null, more = false } = {}) {
      const data = address({ nodes: [...letters].map(node), pageInfo: pageInfo([...letters], more) });
      cache.writeQuery({ query: NODES, variables: { after }, data });
    },
  };
}

test('pages follow each other, and one that is asked again takes its own place', () => {
  const { page, shown, sales } = list();
  page('ab', { more: true });
  page('cd', { after: 'B', more: true });
  page('ef', { after: 'D' });
  page('cd', { after: 'B', more: true });
  assert.equal(shown(), 'abcdef');
  assert.deepEqual(sales().pageInfo, pageInfo(['f'], false));
});

test('a new record before the others moves them', () => {
  const { page, shown } = list();
  page('ab', { more: true });
  page('cd', { after: 'B' });
  page('xa', { more: true });
  assert.equal(shown(), 'xabcd');
});

test('a first page with nothing known in it begins the list anew', () => {
  const { page, shown, sales } = list();
  page('ab', { more: true });
  page('cd', { after: 'B' });
  page('xy', { more: true });
  assert.equal(shown(), 'xy');
  assert.deepEqual(sales().pageInfo, pageInfo(['y'], true));
});

test('where the last page ends, the list ends', () => {
  const { page, shown, sales } = list();
  page('abc', { more: true });
  page('ab', { totalCount: 2 });
  assert.equal(shown(), 'ab');
  assert.equal(sales().totalCount, 2);
  page('', { totalCount: 0 });
  assert.equal(shown(), '');
  assert.deepEqual(sales().pageInfo, pageInfo([], false));
});

test('pages of nodes only follow each other too, and mix with pages of edges', () => {
  const { nodes, page, shown, sales } = list();
  nodes('ab', { more: true });
  nodes('cd', { after: 'B', more: true });
  assert.deepEqual(sales(NODES).nodes.map(({ id }) => id), ['a', 'b', 'c', 'd']);
  assert.equal(sales(), undefined, 'cursors were not asked for');
  page('ab', { more: true });
  page('cd', { after: 'B', more: true });
  nodes('e', { after: 'D' });
  assert.equal(shown(), 'abcde');
  assert.deepEqual(sales(NODES).pageInfo, pageInfo(['e'], false));
});

test('an agency that no longer answers shows, and takes nothing that was fetched before it', () => {
  const { page, shown, sales } = list();
  page('ab', { more: true });
  page(null, { after: 'B', totalCount: null, state: 'UNAVAILABLE' });
  assert.equal(shown(), 'ab');
  assert.equal(sales().source.state, 'UNAVAILABLE');
  page(null, { totalCount: null, state: 'UNAVAILABLE' });
  assert.equal(shown(), null);
  assert.equal(sales(NODES).nodes, null);
  page('ab');
  assert.equal(shown(), 'ab');
});

test('a page behind an unknown cursor loses nothing', () => {
  const { page, shown } = list();
  page('mn', { after: 'L' });
  assert.equal(shown(), 'mn');
  page('xy', { after: 'W' });
  assert.equal(shown(), 'mnxy');
});

test('a field that is asked without its list leaves the list alone', () => {
  const { cache, page, shown, sales } = list();
  const query = gql`{ address(id: "${ID}") { id sales { totalCount pageInfo { hasNextPage } } } }`;
  page('ab', { more: true });
  page('cd', { after: 'B' });
  cache.writeQuery({ query, data: address({ totalCount: 5, pageInfo: { __typename: 'PageInfo', hasNextPage: true } }) });
  assert.equal(shown(), 'abcd');
  assert.deepEqual([sales().totalCount, sales().pageInfo.hasNextPage], [5, false]);
});

test('one entity tied by two roles is two edges', () => {
  const cache = new InMemoryCache({ possibleTypes, typePolicies });
  const role = gql`{ address(id: "${ID}") { id people { edges { role node { id } } } } }`;
  const since = gql`{ address(id: "${ID}") { id people { edges { since node { id } } } } }`;
  const both = gql`{ address(id: "${ID}") { id people { edges { role since node { id } } } } }`;
  const jane = { __typename: 'Person', id: 'hbt.resident:100000001' };
  const people = (edges) => ({ address: { __typename: 'Address', id: ID, people: { __typename: 'AddressPersonLinkConnection', edges } } });
  const tie = (values) => ({ __typename: 'AddressPersonLinkEdge', node: jane, ...values });
  cache.writeQuery({ query: role, data: people([tie({ role: 'OWNER' }), tie({ role: 'RESIDENT' })]) });
  cache.writeQuery({ query: since, data: people([tie({ since: '2001-01-01' }), tie({ since: null })]) });
  const kept = cache.readQuery({ query: both }).address.people.edges;
  assert.deepEqual(kept, [tie({ role: 'OWNER', since: '2001-01-01' }), tie({ role: 'RESIDENT', since: null })]);
});

test('objects without an id of their own are not mixed up when the list changed', () => {
  const cache = new InMemoryCache({ possibleTypes, typePolicies });
  const values = gql`{ address(id: "${ID}") { id claims(attribute: YEAR_BUILT) { value chosen } } }`;
  const chosen = gql`{ address(id: "${ID}") { id claims(attribute: YEAR_BUILT) { value rule } } }`;
  const claims = (each) => ({ address: { __typename: 'Address', id: ID, claims: each.map((values) => ({ __typename: 'Claim', ...values })) } });
  cache.writeQuery({ query: values, data: claims([{ value: '1959', chosen: true }, { value: '1957', chosen: false }]) });
  cache.writeQuery({ query: chosen, data: claims([{ value: '1957', rule: 'prefer' }, { value: '1959', rule: 'prefer' }]) });
  assert.equal(cache.readQuery({ query: values }), null, 'to be asked again');
});
