// What pev2 marks in plans, as JSON: its own parser and numbers; the thresholds are those of its src/node.ts,
// src/components/NodeBadges.vue, BucketsDetail.vue, DisabledBadge.vue and PlanStats.vue, which are Vue components.
import * as fs from "fs"
import { PlanService } from "@/services/plan-service"

type Mark = { kind: string; node: number | null; value: number }

function nodeMarks(node: any, plan: any): Mark[] {
  const content = plan.content
  const whole = content["Execution Time"] || content.Plan["Actual Total Time"]
  const share = Math.round(((node["*Duration (exclusive)"] ?? NaN) / whole) * 100)
  const cost = Math.round(((node["*Cost (exclusive)"] ?? NaN) / content.maxTotalCost) * 100)
  const factor = node["*Planner Row Estimate Factor"]
  const kept = node["*Actual Rows Revised"]
  const removed = Object.keys(node).find((key) => /^\*Rows Removed by /.test(key))
  const dropped = removed ? Math.floor((node[removed] / (node[removed] + kept)) * 100) : 0
  const read = (node["Actual Rows"] || 0) + (node["Rows Removed by Filter"] || 0) + (node["Rows Removed by Join Filter"] || 0)
  const heap = (node["Heap Fetches"] / read) * 100
  const found: [string, boolean, number][] = [
    ["slow", share > 10, share],
    ["costly", cost > 10, cost],
    ["bad estimate", factor > 10, factor],
    ["rows removed", dropped > 50, dropped],
    ["heap fetches", heap > 0, heap],
    ["hash batches", node["Hash Batches"] > 1, node["Hash Batches"]],
    ["disabled", Boolean(node["Disabled"]), 1],
    ["never executed", Boolean(content["Execution Time"]) && !node["Actual Loops"], 0],
    ["workers missing", node["Workers Launched"] < node["Workers Planned"], node["Workers Launched"]],
  ]
  return found.filter(([, is]) => is).map(([kind, , value]) => ({ kind, node: node.nodeId - 1, value }))
}

function planMarks(content: any): Mark[] {
  const whole = content["Execution Time"] || NaN
  const triggers = (content["Triggers"] || []).reduce((sum: number, one: any) => sum + one["Time"], 0)
  const of = (value: number) => Math.round((value / whole) * 100)
  const jit = content["JIT"]?.["Timing"]?.["Total"]
  const found: [string, number][] = [
    ["planning time", of(content["Planning Time"])],
    ["triggers", of(triggers)],
    ["JIT", of(jit)],
    ["serialization", of(content["Serialization"]?.["Time"])],
  ]
  return found.filter(([, share]) => share > 10).map(([kind, value]) => ({ kind, node: null, value }))
}

const service = new PlanService()
const all: Record<string, Mark[] | string> = {}
for (const path of process.argv.slice(2)) {
  try {
    const plan: any = service.createPlan("", service.fromSource(fs.readFileSync(path, "utf8")), "")
    const nodes: any[] = []
    const walk = (node: any) => { nodes.push(node); (node.Plans || []).forEach(walk) }
    walk(plan.content.Plan)
    plan.ctes.forEach(walk)
    all[path] = [...planMarks(plan.content), ...nodes.flatMap((node) => nodeMarks(node, plan))]
  } catch (error) {
    all[path] = String(error)
  }
}
console.log(JSON.stringify(all))
