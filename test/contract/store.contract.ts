import test, { type ExecutionContext } from 'ava'
import type { Store } from '../../core/ports/store.ts'
import { testStoredAssets } from './store-assets.contract.ts'
import { testStoredAudit } from './store-audit.contract.ts'
import { testStoredFigures } from './store-figures.contract.ts'
import { testStoredLine } from './store-line.contract.ts'
import { testStoredReceptions } from './store-receptions.contract.ts'
import { testStoredRows } from './store-rows.contract.ts'
import { testStoredKeys } from './store-keys.contract.ts'
import { testStoredState } from './store-state.contract.ts'
import { testStoredUsage } from './store-usage.contract.ts'
import { testStoredWork } from './store-work.contract.ts'

/** A place that holds a store's state, such as a database file. */
export interface StorePlace {
  /** Opens the store there; several may be open at once. Whoever opens closes. */
  open(): Promise<Store>
}

/** Makes an empty place for one test, and removes it afterwards. */
export type MakePlace = (t: ExecutionContext) => Promise<StorePlace>

/** A test on a fresh store. */
export type StoreTest = (
  title: string,
  body: (t: ExecutionContext, store: Store, place: StorePlace) => Promise<void>,
) => void

/** What every store promises (core/ports/store.ts). */
export function testStore(name: string, makePlace: MakePlace): void {
  const storeTest: StoreTest = (title, body) => {
    test(`${name}: ${title}`, async (t) => {
      const place = await makePlace(t)
      const store = await place.open()
      try {
        await body(t, store, place)
      } finally {
        await store.close()
      }
    })
  }
  testStoredState(storeTest)
  testStoredWork(storeTest)
  testStoredAssets(storeTest)
  testStoredFigures(storeTest)
  testStoredAudit(storeTest)
  testStoredUsage(storeTest)
  testStoredKeys(storeTest)
  testStoredReceptions(storeTest)
  testStoredRows(storeTest)
  testStoredLine(storeTest)
}
