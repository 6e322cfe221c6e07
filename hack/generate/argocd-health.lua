-- Health of Clusters, Nodes and Networks of qbo.io, as Argo CD shows it: Healthy when Ready; Suspended when somebody has
-- stopped or paused it, or wants it left alone; Degraded when somebody must act, or when something that was made has
-- failed; Progressing otherwise. Only Lua's basic functions are used, because Argo CD opens no library but those.
local failures = {}

local conditions = {}
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    conditions[condition.type] = condition
  end
end

local function is(type)
  return conditions[type] ~= nil and conditions[type].status == "True"
end

local function health(status, condition, otherwise)
  local message = otherwise
  if condition ~= nil and condition.message ~= nil and condition.message ~= "" then
    message = condition.message
  end
  return { status = status, message = message }
end

local ready = conditions["Ready"]
local generation = obj.metadata.generation
local observed = obj.status ~= nil and obj.status.observedGeneration or nil

if is("Deleting") then
  return health("Progressing", conditions["Deleting"], "It is being removed")
end
if is("Paused") then
  return health("Suspended", conditions["Paused"], "It is left alone")
end
if ready == nil then
  return health("Progressing", nil, "The operator has not looked at it yet")
end
if observed ~= nil and generation ~= nil and observed < generation then
  return health("Progressing", nil, "The operator has not looked at the change yet")
end
if is("Stalled") then
  return health("Degraded", conditions["Stalled"], "It can not go on until somebody changes something")
end
if is("Ready") then
  return health("Healthy", nil, "It is as it should be")
end
if ready.reason == "Stopped" or ready.reason == "Paused" then
  return health("Suspended", ready, "It is stopped or paused, as asked for")
end

-- What has not been made yet may fail on the way, and is tried again: that is no degradation of anything.
local made = is("Bootstrapped")
  or (obj.status ~= nil and (obj.status.endpoint ~= nil or obj.status.subnet ~= nil))
if failures[ready.reason] and made then
  return health("Degraded", ready, ready.reason)
end
return health("Progressing", ready, ready.reason)
