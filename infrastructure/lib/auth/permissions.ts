// The permissions that a token needs: a scope or a role to read, and one for everything else.
import { textLike } from '../settings/kinds.ts';

/** What a route does with tasks. */
export type Access = 'read' | 'write';

/** The same as on one machine: api/src/permission/mod.rs. */
export const defaultScopes = { read: 'tasks/read', write: 'tasks/write' } as const satisfies Record<Access, string>;

/**
 * API Gateway takes scopes of 1 to 64 characters. The characters are those of RFC 6749, section 3.3, without the ones that
 * API Gateway puts between the elements of a list: api/src/permission/name.rs.
 */
export const permissionName = textLike(
  /^[\x21\x23-\x2b\x2d-\x5a\x5e-\x7e]{1,64}$/,
  'must be 1 to 64 visible ASCII characters without blanks, quotes, backslashes, commas and brackets',
);
