// Writes schema/plan.schema.json from the validators of plans. Run after changing one: npm run schema
import { writePlanSchema } from '../dist/test/support/plan-schema.js';

await writePlanSchema();
