import { answer, type Bus } from '@kervan/bus';
import type { Context, Result } from '@kervan/contracts';
