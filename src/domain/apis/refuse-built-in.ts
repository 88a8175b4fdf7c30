import { Refusal } from '../../platform/errors.ts'

/** Refuses to change what the program itself describes, see `built-in.ts`. */
export function refuseBuiltIn({ builtIn }: { readonly builtIn: boolean }, what: 'API' | 'role'): void {
  if (builtIn) throw new Refusal('forbidden', `This ${what} is part of the server and cannot be changed.`)
}
