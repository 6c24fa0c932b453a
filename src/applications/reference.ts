import { ServiceError } from '../config/service-error.ts'
import { applicationById, applicationByName, type ApplicationRecord } from '../catalog/applications.ts'
import type { Db } from '../catalog/catalog.ts'
import { shown } from '../service/shown.ts'

/** By name or id, retired or not. @throws {ServiceError} `not-found` */
export async function applicationOf(db: Db, reference: string): Promise<ApplicationRecord> {
  const application = (await applicationByName(db, reference)) ?? (await applicationById(db, reference))
  if (application === undefined)
    throw new ServiceError('not-found', `there is no application ${shown(reference)}`)
  return application
}
