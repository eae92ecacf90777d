// What Apollo Client's cache needs as functions, the same for every city: `citygraph schema
// --apollo-js` prints this with one city's data. Pages of a list become one list, whatever was
// selected of them; `nodes` are read from `edges`; two selections of one object are both kept.

const START = ['hasPreviousPage', 'startCursor'];
const END = ['hasNextPage', 'endCursor'];
const PASSING = new Set(['fetchedAt']); // differs between two answers that say the same

/** The options for `new InMemoryCache(…)` from what `citygraph schema --apollo` prints. */
export function cacheOptions({ possibleTypes, typePolicies, connections, lists }) {
  const policies = {};
  for (const [type, policy] of Object.entries(typePolicies)) {
    const fields = {};
    for (const [name, { keyArgs }] of Object.entries(policy.fields ?? {})) fields[name] = { keyArgs, merge: mergePage };
    for (const name of lists[type] ?? []) fields[name] = { merge: mergeList };
    if (connections[type]) Object.assign(fields, { nodes: { read: readNodes }, pageInfo: { merge: false } });
    policies[type] = { ...policy, fields };
  }
  return { possibleTypes, typePolicies: policies };

  /** One list of the pages that were fetched: a page goes where its `after` says. */
  function mergePage(existing, incoming, options) {
    if (!incoming) return incoming;
    const { edges, nodes, pageInfo, ...rest } = incoming;
    const after = options.args?.after ?? null;
    if (!edges && !nodes) return withoutRecords(existing, incoming, after);
    const old = existing?.edges ?? [];
    const page = edgesOf(incoming, connections[incoming.__typename]);
    const start = after === null ? 0 : placeBehind(old, after);
    const last = page.length ? placeOf(old, page.at(-1), start + page.length - 1) : -1;
    const tail = last < 0 || pageInfo?.hasNextPage === false ? [] : old.slice(last + 1);
    const fresh = page.map((edge, i) => overlay(old[placeOf(old, edge, start + i)], edge, options));
    const first = start > 0 || (old.length > 0 && page.length > 0 && placeOf(old, page[0], 0) === 0);
    return {
      ...existing,
      ...rest,
      edges: [...old.slice(0, start), ...fresh, ...tail],
      pageInfo: {
        ...pick(existing?.pageInfo, ['__typename', ...(first ? START : []), ...(last < 0 ? [] : END)]),
        ...pick(pageInfo, ['__typename', ...(start ? [] : START), ...(tail.length ? [] : END)]),
      },
    };
  }
}

/** `nodes` have no copy of their own. */
function readNodes(stored, { readField }) {
  const edges = readField('edges');
  return edges ? edges.map((edge) => readField('node', edge)) : edges === null ? null : stored;
}

/** A page that holds no list: nobody answered for it, or only `totalCount` and the like were asked for. */
function withoutRecords(existing, incoming, after) {
  const { edges, nodes, pageInfo, ...rest } = incoming;
  if ((edges === null || nodes === null) && after === null) return { ...existing, ...rest, edges: null, pageInfo };
  const known = pageInfo || existing?.pageInfo ? { pageInfo: { ...pageInfo, ...existing?.pageInfo } } : {};
  return { ...existing, ...rest, ...known };
}

/** The edges of a page, made of its nodes where edges were not asked for. */
function edgesOf({ edges, nodes, pageInfo }, type) {
  const found = (edges ?? nodes).map((each, i) => {
    const edge = edges ? each : { __typename: type };
    return nodes && edge.node === undefined ? { ...edge, node: nodes[i] } : { ...edge };
  });
  if (found.length && pageInfo?.startCursor) found[0].cursor ??= pageInfo.startCursor;
  if (found.length && pageInfo?.endCursor) found.at(-1).cursor ??= pageInfo.endCursor;
  return found;
}

/** Where the page behind a cursor begins; behind all of the list where nobody knows. */
function placeBehind(list, cursor) {
  const place = list.findIndex((edge) => edge.cursor === cursor);
  return place < 0 ? list.length : place + 1;
}

/** Where an edge stands in the list already, at best where it is expected; -1 if it doesn't. */
function placeOf(list, edge, expected) {
  if (list[expected] && isSame(list[expected], edge)) return expected;
  return list.findIndex((each) => isSame(each, edge));
}

/** Two edges are one if their cursors are, or their records where no cursors were asked for. */
function isSame(a, b) {
  if (a.cursor && b.cursor) return a.cursor === b.cursor;
  return Boolean(a.node?.__ref) && a.node.__ref === b.node?.__ref && agree(a, b);
}

/** A list of objects that live nowhere else: it is replaced, unless both are the same seen twice. */
function mergeList(existing, incoming, options) {
  if (!Array.isArray(existing) || !Array.isArray(incoming)) return incoming;
  const fields = new Set(incoming.map((item) => item?.field));
  if (!incoming.every((item) => item?.__typename === 'PartSource' && item.field)) return twice(existing, incoming, options);
  const other = existing.filter((item) => !fields.has(item.field)); // parts that this query did not ask for
  return [...other, ...twice(existing.filter((item) => fields.has(item.field)), incoming, options)];
}

function twice(existing, incoming, options) {
  const same = existing.length === incoming.length && existing.every((item, i) => agree(item, incoming[i]));
  return same ? incoming.map((item, i) => overlay(existing[i], item, options)) : incoming;
}

/** Whether nothing that both tell differs. */
function agree(a, b) {
  if (!isObject(a) || !isObject(b)) return a === b;
  if (Array.isArray(a) || Array.isArray(b)) return a.length === b.length && a.every((item, i) => agree(item, b[i]));
  return Object.keys(a).every((key) => PASSING.has(key) || !(key in b) || agree(a[key], b[key]));
}

/** What either tells of one object; the later answer where both do. */
function overlay(old, fresh, options) {
  if (!isObject(old) || !isObject(fresh) || (old.__ref && fresh.__ref)) return fresh;
  if (Array.isArray(old) || Array.isArray(fresh)) return Array.isArray(old) && Array.isArray(fresh) ? twice(old, fresh, options) : fresh;
  if (old.__ref || fresh.__ref) return options.mergeObjects(old, fresh);
  const both = Object.entries(fresh).map(([key, value]) => [key, overlay(old[key], value, options)]);
  return { ...old, ...Object.fromEntries(both) };
}

const isObject = (value) => typeof value === 'object' && value !== null;
const pick = (object, names) => Object.fromEntries(names.filter((n) => object?.[n] !== undefined).map((n) => [n, object[n]]));
