import type { User, UserStatus } from '../../crds/user.ts';
import type { Scope } from '../runtime/reconciler.ts';
import type { Draft, World } from '../world.ts';

export type UserDraft = Draft<UserStatus>;

export interface UserScope extends Scope<User, UserDraft> {
  readonly world: World;
}

export const FIELD_MANAGER = 'qbo-user';
