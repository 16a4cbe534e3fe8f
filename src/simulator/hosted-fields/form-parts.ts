import {
  attributesOf,
  findElement,
  layoutOf,
  lookOf,
  nameOf,
  replaceByFrame,
  restoreElement,
  setupLike,
  textOf,
} from './appearance.ts';
import type { ScriptPart } from './browser-script.ts';
import { configurationProblem } from './form-options.ts';
import { failed, HostedForm, pressEnter } from './hosted-form.ts';
import { rolesNamed } from './roles.ts';
import { isSafeStyle } from './safe-style.ts';
import { applyStyles, styleRules } from './style-rules.ts';

/** What the scripts of both dialects are made of, beside a `PaymentSession` of their own. */
export const formParts: readonly ScriptPart[] = [
  ...[HostedForm, configurationProblem, findElement, restoreElement, failed, pressEnter, rolesNamed],
  ...[setupLike, lookOf, attributesOf, nameOf, textOf, replaceByFrame, layoutOf],
  ...[styleRules, applyStyles, isSafeStyle],
];
