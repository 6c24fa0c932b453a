import { Type } from 'typebox'
import { checkVersion } from '../../service/checks.ts'
import type { StoreStatus } from '../../namespace/stores.ts'
import { defined, exactly, operation, type AnyOperation } from '../operation.ts'
import type { AdminServices } from '../services.ts'
import { count, nullable, pageIn, pageOf, pageQuery, pageView, time, timeView, version } from '../values.ts'

const name = Type.String({ minLength: 1, maxLength: 63 })
const classes = Type.Array(Type.String({ maxLength: 63 }), {
  maxItems: 32,
  description: 'Labels by which a share may ask for a store',
})

const drivers = ['btrfs', 'reflink', 'cephfs', 'copy'] as const
const driver = Type.Enum(['auto', ...drivers], {
  type: 'string',
  description: 'How snapshots are taken; auto: the best way that works there',
})

const remote = nullable(
  Type.Boolean({
    description:
      'Whether it may be slow to answer: its calls then have threads of their own, and never hold up those of others. ' +
      'null: by its filesystem. A change is for shares that are opened after it, and for all after a restart',
  }),
)

const storeSchema = exactly(
  {
    name,
    directory: Type.String(),
    classes,
    driver,
    driverInUse: Type.Optional(
      Type.Enum([...drivers], { type: 'string', description: 'What auto comes to, or the one that is set' }),
    ),
    remote,
    isRemote: Type.Boolean({ description: 'What null comes to, or what is set' }),
    isAvailable: Type.Boolean({
      description: 'Its filesystem is mounted, and it is the store it is taken for',
    }),
    problem: Type.Optional(Type.String({ description: 'Why it is not available' })),
    space: Type.Optional(
      exactly(
        {
          filesystem: Type.String({ description: 'ext4, xfs, btrfs, …' }),
          sizeBytes: count,
          freeBytes: count,
          freeFiles: count,
        },
        { title: 'StoreSpace' },
      ),
    ),
    shareCount: Type.Integer({ minimum: 0, description: 'Living and deleted shares in it' }),
    createdAt: time,
    version,
  },
  { title: 'Store', description: 'A directory on one filesystem that holds shares' },
)

const newStoreSchema = exactly(
  {
    name,
    directory: Type.String({
      maxLength: 1024,
      description: 'Absolute path of a directory that is there, and empty',
    }),
    classes: Type.Optional(classes),
    driver: Type.Optional(driver),
    remote: Type.Optional(remote),
  },
  { title: 'NewStore' },
)

const storeChangeSchema = exactly(
  { classes: Type.Optional(classes), driver: Type.Optional(driver), remote: Type.Optional(remote) },
  { title: 'StoreChange', description: 'What is absent stays; classes are replaced as a whole' },
)

const parameter = { name }
const tag = 'stores'
const see = { area: 'stores', action: 'list' } as const
const change = { area: 'stores', action: 'manage' } as const

export function storeOperations({ namespace: { stores } }: AdminServices): AnyOperation[] {
  return [
    operation({
      id: 'listStores',
      method: 'GET',
      path: '/v1/stores',
      tag,
      summary: 'Stores, by name',
      access: see,
      query: pageQuery,
      answer: pageOf(storeSchema),
      run: ({ query }) =>
        pageView(
          pageIn(stores.list(), ({ name }) => name, query),
          storeView,
        ),
    }),
    operation({
      id: 'addStore',
      method: 'POST',
      path: '/v1/stores',
      tag,
      summary: 'Make a directory a store',
      access: change,
      body: newStoreSchema,
      creates: true,
      answer: storeSchema,
      run: async ({ body }) => storeView(await stores.add(body)),
    }),
    operation({
      id: 'getStore',
      method: 'GET',
      path: '/v1/stores/{name}',
      tag,
      summary: 'One store, and what its filesystem says now',
      access: see,
      params: parameter,
      answer: storeSchema,
      run: ({ params }) => storeView(stores.get(params.name)),
    }),
    operation({
      id: 'updateStore',
      method: 'PATCH',
      path: '/v1/stores/{name}',
      tag,
      summary:
        'Give a store other classes or another way of taking snapshots, or say whether it is slow to answer',
      access: change,
      params: parameter,
      body: storeChangeSchema,
      versioned: true,
      answer: storeSchema,
      run: async ({ params, body, ifVersion }) =>
        storeView(await stores.update(params.name, body, ifVersion)),
    }),
    operation({
      id: 'removeStore',
      method: 'DELETE',
      path: '/v1/stores/{name}',
      tag,
      summary: 'Forget a store without shares; its directory stays',
      access: change,
      params: parameter,
      versioned: true,
      run: ({ params, ifVersion }) => stores.remove(params.name, ifVersion),
      dryRun: {
        answer: storeSchema,
        run({ params, ifVersion }) {
          const store = stores.get(params.name)
          checkVersion(`store ${store.name}`, store.version, ifVersion)
          return storeView(store)
        },
      },
    }),
  ]
}

function storeView(store: StoreStatus) {
  const { name, directory, classes, driver, driverInUse, isAvailable, problem, space, shareCount } = store
  const { remote, isRemote, createdAt, version } = store
  return {
    name,
    directory,
    classes: [...classes],
    driver,
    remote,
    isRemote,
    isAvailable,
    ...defined({ driverInUse, problem, space }),
    shareCount,
    createdAt: timeView(createdAt),
    version,
  }
}
