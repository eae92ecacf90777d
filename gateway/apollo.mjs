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
    for (const [name, { keyArgs }] of Object.entries(policy.fields ?? {})) {
      fields[name] = { keyArgs: (args) => given(args, keyArgs), merge: mergePage };
    }
    for (const name of lists[type] ?? []) fields[name] = { merge: mergeList, read: readList };
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
    const fresh = page.map((edge, i) => overlay(old[placeOf(old, edge, start + i)], edge, options));
    const last = placeOf(old, page.at(-1), start + page.length - 1);
    const tail = last < 0 || pageInfo?.hasNextPage === false ? [] : old.slice(last + 1);
    const sameStart = start > 0 || placeOf(old, page[0], 0) === 0 || (!old.length && !page.length);
    const sameEnd = last >= 0 || (!page.length && start === old.length);
    return {
      ...existing,
      ...rest,
      edges: [...old.slice(0, start), ...fresh, ...tail],
      pageInfo: {
        ...pick(existing?.pageInfo, ['__typename', ...(sameStart ? START : []), ...(sameEnd ? END : [])]),
        ...pick(pageInfo, ['__typename', ...(start ? [] : START), ...(tail.length ? [] : END)]),
      },
    };
  }
}

/** The arguments that choose the list. Apollo by itself takes `sales` and `sales(first: 3)` for two lists. */
function given(args, names) {
  const found = (names || []).filter((name) => (args?.[name] ?? null) !== null);
  return found.length > 0 && found;
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
  if (!edge) return -1;
  if (list[expected] && isSame(list[expected], edge)) return expected;
  return list.findIndex((each) => isSame(each, edge));
}

/** Two edges are one if their cursors are, or their records where no cursors were asked for. */
function isSame(a, b) {
  if (a.cursor && b.cursor) return a.cursor === b.cursor;
  return Boolean(a.node?.__ref) && a.node.__ref === b.node?.__ref && agree(a, b);
}

/**
 * A list of objects that live nowhere else: it is replaced, unless both are the same seen twice.
 * `sources` are of the parts that a query asks for, so those of other queries stay.
 */
function mergeList(existing, incoming, options) {
  if (!Array.isArray(existing) || !Array.isArray(incoming)) return incoming;
  if (!incoming.every((item) => item?.__typename === 'PartSource' && item.field)) return twice(existing, incoming, options);
  const told = new Set(incoming.map((item) => item.field));
  const others = existing.filter((item) => !told.has(item.field));
  return [...others, ...twice(existing.filter((item) => told.has(item.field)), incoming, options)];
}

/** Of the parts that several queries asked for, those of which is known what this one asks. */
function readList(stored, { field }) {
  if (!stored?.some((item) => item?.__typename === 'PartSource')) return stored;
  const asked = field.selectionSet.selections.flatMap((each) => (each.kind === 'Field' ? [each.name.value] : []));
  const known = stored.filter((item) => asked.every((name) => name in item));
  return known.length ? known : stored;
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
