import { existsSync } from 'node:fs'

const newest = '/usr/lib/jvm/temurin-25-jdk-amd64/bin/java'

/** A Java runtime: the connectors need 17, the technology compatibility kit a newer one, which Temurin 25 is. */
export const javaProgram: string = existsSync(newest) ? newest : 'java'
